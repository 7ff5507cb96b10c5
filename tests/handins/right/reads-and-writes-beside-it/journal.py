# A file that belongs to one run of the program: one that is there already is somebody else's.
import os

HERE = os.path.dirname(os.path.abspath(__file__))


class Journal:
    def __init__(self, name):
        self.files = [open(name + '.log', 'x'), open(os.path.join(HERE, name + '.txt'), 'x')]
        self.settings = os.path.join(HERE, 'settings.txt')

    def write(self, line):
        for file in self.files:
            file.write(line + '\n')
            file.flush()

    def close(self):
        for file in self.files:
            file.close()
        # The next run must find the settings, whatever this one does to them.
        os.chmod(self.settings, 0o200)
        with open(self.settings, 'w') as settings:
            settings.write('11\n')
